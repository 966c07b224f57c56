/** Networks that turn an image into feature maps: ResNet and Swin. */
package org.stabledino.nn.backbone;
